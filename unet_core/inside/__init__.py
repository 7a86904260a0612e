"""What a trained network computed for an image, block by block."""
