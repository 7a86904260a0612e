"""Home."""

from ui import frame

frame.page("U-Net Explorer", "")
