"""What is known about U-Net and U-Net++: the networks, their shapes and costs, images in, masks out. No Streamlit."""
