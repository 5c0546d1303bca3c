from setuptools import setup

setup()  # everything is in pyproject.toml; this file lets Beam's --setup_file stage the project
