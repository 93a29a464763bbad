# Thin: the work is in .ci/.
.PHONY: help test lint

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

test: ## install what is missing, build, run all tests
	@.ci/test

lint: ## rustfmt
	@bash -c "source .ci/environment && cargo fmt --all --check"
