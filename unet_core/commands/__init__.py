"""The commands, one noun a file; `python -m unet_core` gathers them."""
