"""How stations prove who they are: keys, certificates, and the house's own certificate authority."""
