"""The assistant: what files of another form hold, found by their names and by what stands in them."""
