"""What the code of each kernel costs in flash and RAM, by asking the linker."""
