"""Commands: one function each, explicit arguments, an exit code as result."""
