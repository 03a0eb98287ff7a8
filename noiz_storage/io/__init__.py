"""Reading and writing what Noiz stores: one function for each format and direction, the same on every backend.

Each takes the path first: a key below the default storage, an absolute URI or local path, or a `StoragePath`;
`storage=` names another storage. Nothing is visible before a saving helper has returned, and nothing at all when it
raises; it returns the path of what it wrote. `overwrite=False` refuses a name that is taken, `next_free=True` saves
under the next free counter of the name. A name that ends with `.gz`, `.bz2` or `.xz` is compressed and decompressed.
"""

from .arrays import load_numpy, save_numpy
from .ccfs import load_ccfs_from_npz, write_ccfs_to_npz
from .content import local_path
from .figures import save_figure
from .npz import Arrays
from .pickles import load_pickle, save_pickle
from .seismic import read_inventory, read_stream, write_inventory, write_stream
from .tables import load_dataframe, save_dataframe
from .texts import load_toml, read_text, save_toml, write_text

__all__ = [
    "Arrays",
    "load_ccfs_from_npz",
    "load_dataframe",
    "load_numpy",
    "load_pickle",
    "load_toml",
    "local_path",
    "read_inventory",
    "read_stream",
    "read_text",
    "save_dataframe",
    "save_figure",
    "save_numpy",
    "save_pickle",
    "save_toml",
    "write_ccfs_to_npz",
    "write_inventory",
    "write_stream",
    "write_text",
]
