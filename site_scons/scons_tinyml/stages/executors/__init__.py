"""Executors of trials: in processes of this machine, or on workers of a Dask cluster. Nothing here knows kernels."""
