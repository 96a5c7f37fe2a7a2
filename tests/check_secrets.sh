#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No decision by a secret, as valgrind sees it: check_secrets.sh BUILD_DIR
# (a build without sanitizers).
set -u
program=$1/tests/measure_secrets
command -v valgrind >/dev/null && [ -x "$program" ] || {
    echo 'skip - secrets: all # no valgrind'
    exit 0
}
failed=0

# result STATUS NAME
result() {
    if [ "$1" -eq 0 ]; then echo "ok - secrets: $2"; else echo "not ok - secrets: $2"; fi
    [ "$1" -eq 0 ] || failed=1
}

valgrind -q --error-exitcode=99 "$program"
result $? 'no branch and no index depends on one'
valgrind -q --error-exitcode=99 "$program" undisclosed >/dev/null 2>&1
[ $? -eq 99 ]
result $? 'a branch that does is seen'
exit "$failed"
