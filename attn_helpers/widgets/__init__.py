"""Widgets that run on a static page as well as in JupyterLab."""
