"""Stage that makes a page with a network in it: its C code as WebAssembly, and what a browser needs to try it."""
