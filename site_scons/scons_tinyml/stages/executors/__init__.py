"""Where trials run: in processes of this machine, or on the workers of a Dask cluster. Nothing here knows kernels."""
