"""Small experiments on a trained network and an image, each honest about what it shows."""
