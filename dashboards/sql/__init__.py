"""Free SQL on a published file: each query runs in a process of its own that can do nothing but read it."""
