"""A seeded training run: descriptor and data set in, float Keras network out."""
