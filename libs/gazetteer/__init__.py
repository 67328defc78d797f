"""
The gazetteer: places of the whole earth by name, and whose ground a point lies on.

It is made from two packages of data (docs/GAZETTEER.md) and is no service's truth: not a read model, since no log
tells of it, and nobody's own data. `python -m libs.gazetteer` reads the packages and writes rows; `load` has it do so
in a process of its own, once for each version of the data, and puts them into a schema that nothing else touches.
"""
