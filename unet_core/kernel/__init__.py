"""One number of one layer, worked out: what is read, what it is multiplied by, what comes out."""
