"""Cases: what is expected of rules and routes, and what of a project has none. Pure; `trials` runs the programs."""
