# What a push does on the other machine: POSIX sh and the usual tools. It is sent ahead of the orders that use it.
# $root is the directory, $owner who gets secrets, $me names this process; every other path begins with ./ and is below
# $root.
# A function that finds something wrong says REASON<tab>PATH, and what follows it does nothing.

set -f
unset CDPATH TMOUT
LC_ALL=C
export LC_ALL

wrong() {
    printf '%s\t%s\n' "$1" "$2"
    failed=1
}

# Go to the directory; 3: there is none yet.
enter() {
    failed=
    [ -d "$root" ] || return 3
    cd "$root" 2>/dev/null || { wrong 'Permission denied' .; return 1; }
}

# Let no other push work here for as long as this shell lives, waiting some seconds for it; 4: another one does.
lock() {
    [ -z "$locked" ] && [ -d "$root" ] && [ -r "$root" ] || return 0
    left=$1
    until take; do
        [ "$left" -gt 0 ] || return 4
        left=$((left - 1))
        sleep 1
    done
    locked=1
}

# The lock is on the directory itself, as that of a push from this machine is, so nothing is written for it.
# Where there is no flock, it is a link that names this process; nobody pushes to what he may not write.
take() {
    if command -v flock >/dev/null; then
        exec 9<"$root"
        flock -n 9
        [ $? != 1 ]
    elif [ -w "$root" ]; then
        link=$root/.dojoboards-lock
        grab "$link" && trap '[ "$(readlink "$link")" != "$me" ] || rm -f "$link"' EXIT
    fi
}

# Make a link that is ours, unless there is one already: only one can. That of a process that has died is taken away by
# whoever has grabbed the right to it, which is a link too; what it names never comes again, so it is looked at once more.
grab() {
    ln -s "$me" "$1" 2>/dev/null && return
    set -- "$1" "$(readlink "$1")"
    dead "$2" && grab "$1-$2" || return
    [ "$(readlink "$1")" = "$2" ] && rm -f "$1" && ln -s "$me" "$1" 2>/dev/null
    set -- "$1" "$2" $?
    rm -f "$1-$2"
    return "$3"
}

dead() {
    case $(kill -0 "${1%%.*}" 2>&1) in *[Nn]'o such process'*) ;; *) return 1 ;; esac
}

# Complain about paths that cannot be read.
look() {
    for path do
        if [ -d "$path" ]; then
            wrong 'Is a directory' "$path"
        elif [ -f "$path" ]; then
            [ -r "$path" ] || wrong 'Permission denied' "$path"
        elif [ -e "$path" ]; then
            wrong 'Not a regular file' "$path"
        else
            up=${path%/*}
            until [ -d "$up" ]; do up=${up%/*}; done
            [ -x "$up" ] || wrong 'Permission denied' "$path"
        fi
    done
}

# Write an archive of those of the paths that are there. GNU's tar would take a backslash in a name for a sign of its own.
pick() {
    case ${asis-unknown} in unknown) case $(tar --version 2>/dev/null) in *GNU*) asis=--no-unquote ;; *) asis= ;; esac ;; esac
    for path do
        shift
        [ ! -e "$path" ] || set -- "$@" "$path"
    done
    [ $# = 0 ] || tar $asis -chf - "$@"
}

# Say where directories lead that are links to a place outside.
inside() {
    real=$(pwd -P)
    for path do
        [ -L "$path" ] || continue
        to=$(cd -P "$path" 2>/dev/null && pwd -P) || to=$(readlink "$path")
        case $to/ in "$real"/*) ;; *) wrong "$to" "$path" ;; esac
    done
}

# Complain if nothing can be written here.
writable() {
    failed=
    up=$root
    until [ -e "$up" ] || [ -L "$up" ]; do up=${up%/*}; up=${up:-/}; done
    if [ ! -d "$up" ]; then
        wrong 'it is not a directory' "$up"
    elif [ ! -w "$up" ] || [ ! -x "$up" ]; then
        wrong 'this user may not write it' "$up"
    fi
}

# Take away what pushes that were killed have left behind.
sweep() {
    set +f
    rm -rf ./.dojoboards-staging-* ./.dojoboards-kept-* ./.dojoboards-lock-*
    set -f
}

# Make the directory, and say which of the paths, it and those above it, were not there.
make() {
    failed=
    for path do [ -d "$path" ] || printf 'made\t%s\n' "$path"; done
    mkdir -p "$root" || failed=1
}

# Keep what stands at a path under a second name of the same file, or as a copy.
keep() {
    [ -z "$failed" ] || return
    if [ -L "$2" ] || { [ -e "$2" ] && [ ! -d "$2" ]; }; then
        ln -P "$2" "$1" 2>/dev/null || cp -pP "$2" "$1" || failed=1
        printf 'kept\t%s\n' "${1##*/}"
    fi
}

# Whose the files of secrets ($private) and the others ($own) become, where root writes them; empty: root's.
whose() {
    own= private=
    [ "$(id -u)" = 0 ] || return 0
    set -- $(ls -ldn .)
    if [ "$3" != 0 ]; then
        own=$3:$4
        private=$own
    elif [ -n "$owner" ]; then
        private=$(id -u "$owner"):$(id -g "$owner")
    fi
}

# Unpack the archive on stdin into a new directory, for our eyes only, and go there.
stage() {
    umask 077
    mkdir "$1" && cd "$1" && tar -xof -
}

give() {
    to=$1
    shift
    [ -z "$to" ] || chown "$to" "$@"
}

# Make directories that are not there.
need() {
    for path do
        [ -z "$failed" ] || return
        [ -d "$path" ] || mkdir "$path" || failed=1
        [ -n "$failed" ] || give "$own" "$path" || failed=1
    done
}

# Complain about directories into which files cannot be moved in one step.
into() {
    here=$(mounted .)
    for path do
        [ -z "$failed" ] || return
        if [ ! -w "$path" ] || [ ! -x "$path" ]; then
            wrong 'Permission denied' "$path"
        elif [ "$(mounted "$path")" != "$here" ]; then
            wrong 'Invalid cross-device link' "$path"
        fi
    done
}

mounted() {
    df -P "$1" 2>/dev/null | { read -r line; read -r line; echo "${line##* }"; }
}

# Complain about directories that stand where a file is to be written.
fit() {
    for path do
        [ ! -d "$path" ] || [ -L "$path" ] || wrong 'Is a directory' "$path"
    done
}

# Move a file to its place, in one step; mv would move it into a directory that a link there leads to.
move() {
    [ -z "$failed" ] || return
    if [ -L "$2" ] && [ -d "$2" ]; then rm -f "$2"; fi
    mv -f "$1" "$2" || failed=1
}

# Remove files, and the directories that become empty.
drop() {
    for path do
        [ -z "$failed" ] || return
        rm -f "$path" || failed=1
        up=${path%/*}
        while [ "$up" != . ] && rmdir "$up" 2>/dev/null; do up=${up%/*}; done
    done
}

# Put back what was kept; it may be back already.
back() {
    [ -z "$failed" ] || return
    [ -e "$1" ] || [ -L "$1" ] || return 0
    [ "$(inode "$1")" != "$(inode "$2")" ] || return 0
    mkdir -p "${2%/*}" || failed=1
    move "$1" "$2"
}

inode() {
    set -- $(ls -di "$1" 2>/dev/null)
    echo "$1"
}
