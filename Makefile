# Thin targets; the work is in CMake and scripts/. `make demo` and `make test` do their own set-up.
BUILD := build
JOBS ?= $(shell nproc)

.PHONY: all setup build demo test bench format lint fuzz sanitize clean

all: build

setup:            ## system packages and Python environments; safe to repeat
	@scripts/setup.sh

build: setup      ## the release build: build/penstock and build/penstock-kit
	@cmake --preset release --log-level=WARNING
	@cmake --build $(BUILD) --target penstock penstock-kit -j $(JOBS)

demo: build       ## the census training and inference pipelines, end to end
	@scripts/demo.sh

test: build       ## every test
	@cmake --build $(BUILD) -j $(JOBS)
	@scripts/test.sh

bench: build      ## every benchmark, each beside its probe
	@scripts/bench.sh

format:           ## rewrites the C++ sources
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

lint: build       ## the format, and clang-tidy over src/base, src/store and what differs from main, or FILES=...
	@scripts/lint.sh $(FILES)

fuzz:             ## what clients send, mutated: SECONDS_EACH=60 for each target; needs Clang
	@nice scripts/fuzz.sh

sanitize:         ## all tests under ASan and UBSan, then under TSan; builds the tree twice
	@nice scripts/sanitize.sh

clean:
	rm -rf $(BUILD)
