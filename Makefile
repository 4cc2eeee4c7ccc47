# make alone prints every target.
SHELL := /bin/sh
.DEFAULT_GOAL := help

help:
	@echo "make setup"

setup:
	@requirements/setup.sh

lock: setup
	@requirements/lock.sh
