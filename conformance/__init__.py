"""The conformance suite: whether a storage layer keeps its promises on each backend, and at what cost.

`pytest --backend=minio` runs it; README.md here says how a behaviour is written.
"""
