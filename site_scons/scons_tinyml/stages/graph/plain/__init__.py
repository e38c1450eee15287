"""What converters write in other ways than TensorFlow's: brought into the one way that reader and oracle know."""
