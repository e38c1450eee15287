"""The emulator against hardware: published firmware images of neural networks, and the times measured on boards.

The images stay on the machine of whoever runs this. Nothing here holds any of them, or anything made from them.
"""
