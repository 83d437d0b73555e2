"""How good the rules are: labelled footage, real and composed by code, and hours in which nothing should be told."""
