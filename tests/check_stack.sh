#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How deep the library goes on the stack, and what it leaves there: check_stack.sh BUILD_DIR
# (a build without sanitizers: those have stacks of their own).
set -eu
exec "$1/tests/measure_stack"
