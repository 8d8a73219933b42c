"""Trials: the programs that show whether cases hold: promtool, amtool and a real Alertmanager."""
