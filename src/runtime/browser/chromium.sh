#!/bin/sh
# Starts a Chromium for LocalBrowser.ts with its profile in the folder of the launch. Playwright names a profile folder
# itself, so that nobody can tell later whose it was; of two equal switches Chromium takes the last one.
program=$CALLBOARD_BROWSER_PROGRAM
folder=$CALLBOARD_BROWSER_FOLDER
unset CALLBOARD_BROWSER_PROGRAM CALLBOARD_BROWSER_FOLDER

for switch; do
  case $switch in --user-data-dir=*) PATH=${PATH:+$PATH:}/usr/bin:/bin rmdir -- "${switch#*=}" ;; esac
done
exec "$program" "$@" "--user-data-dir=$folder/profile"
