"""Processes to which permissions of files apply, also when root starts them."""

WITHOUT_PRIVILEGES = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
for privilege in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    libc.prctl(24, privilege, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Script that drops the privileges of root, so that permissions of files apply."""
