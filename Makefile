# Thin: the work is in .ci/.
.PHONY: help demo test test-full torture soak lint figures bench assets kafka-jars

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: ## install what is missing, build, show four simulated communities
	@.ci/demo

test: ## install what is missing, build, run all tests
	@.ci/test

test-full: ## the same, with the sizes that take long
	@ECOOP_TEST_FULL=1 .ci/test

torture: ## an hour of faults by chance over the whole way of a reading (SEED=1, SECONDS=3600)
	@SEED=$(SEED) SECONDS_LONG=$(SECONDS) .ci/torture

soak: ## files, bytes, CPU and memory of a lake after a simulated day (HOURS=24, COMMUNITIES=4, POINTS=50)
	@HOURS=$(HOURS) COMMUNITIES=$(COMMUNITIES) POINTS=$(POINTS) .ci/soak

lint: ## rustfmt, clippy, dependencies, house rules
	@.ci/lint

figures: ## circles, lengths, share of tests; BRANCH=x also counts the places that a branch changes
	@BRANCH=$(BRANCH) .ci/figures

bench: ## ratios to bare measures of the same run (ARGS=--quick for a small one)
	@.ci/bench $(ARGS)

assets: ## fetch third-party web assets
	@.ci/assets

kafka-jars: ## fetch Apache Kafka for the tests
	@.ci/kafka/jars
