"""Exports of another form: the profile that says how to read them, and the assistant that proposes one."""
