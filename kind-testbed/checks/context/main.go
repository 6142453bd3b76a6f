// Checks that a builder is sent files: reads their names, and fails for those that a .dockerignore keeps back.
//
// Usage: context FILE < NAMES
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer opened.Close()
	patterns, err := ignorefile.ReadAll(opened)
	if err != nil {
		return err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return err
	}
	sent, kept := 0, 0
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		ignored, err := matcher.MatchesOrParentMatches(names.Text())
		switch {
		case err != nil:
			return err
		case ignored:
			kept++
			fmt.Fprintln(os.Stderr, "not sent:", names.Text())
		default:
			sent++
		}
	}
	if err := names.Err(); err != nil {
		return err
	}
	if kept > 0 || sent == 0 {
		return fmt.Errorf("%s keeps %d of %d files back", file, kept, kept+sent)
	}
	fmt.Printf("%s: %d files are sent\n", file, sent)
	return nil
}
