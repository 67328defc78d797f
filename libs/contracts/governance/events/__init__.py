"""
What stands in governance's log, one module for each thing that it happens to.

Fields that came later have defaults and are written only where they say something else, so an entry is as short as
what it has to say.
"""
