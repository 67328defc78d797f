"""
Promises are tried on a machine that may be busy, so hypothesis does not judge how long one try takes.
"""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
