"""Comparison of the emulator with hardware, by published firmware images and the times that boards took.

The images stay on the machine of the user. No image, and nothing made from one, is part of this project.
"""
