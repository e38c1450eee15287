"""Data sets: a descriptor in, labelled samples for training, validation and testing out."""
