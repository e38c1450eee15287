"""Operators of TensorFlow Lite Micro's audio front end: samples to spectra to features. They are custom ones."""
