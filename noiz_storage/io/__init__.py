"""Reading and writing what Noiz stores."""
