// A VM's life with go-proxmox, as its documentation shows it: nothing is known here about the testbed.
//
// Usage: go-proxmox, with the PVE_* variables of run.py.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

const library = "github.com/luthermonson/go-proxmox"

// operation is one thing to try, by the name it has in the results.
type operation struct {
	name string
	try  func(*life, context.Context) error
}

var operations = []operation{
	{"version", (*life).version},
	{"nodes", (*life).nodes},
	{"node", (*life).findNode},
	{"containers", (*life).containers},
	{"storages", (*life).storages},
	{"disks", (*life).disks},
	{"pool create", (*life).createPool},
	{"clone", (*life).clone},
	{"vm", (*life).find},
	{"config in background", (*life).configure},
	{"config update", (*life).configureAtOnce},
	{"pending", (*life).pending},
	{"nic add", (*life).addNIC},
	{"tag add", (*life).addTag},
	{"tag remove", (*life).removeTag},
	{"disk resize", (*life).resizeDisk},
	{"disk move", (*life).moveDisk},
	{"disk unlink", (*life).unlinkDisk},
	{"firewall rule", (*life).addRule},
	{"start", (*life).start},
	{"agent wait", (*life).waitForAgent},
	{"agent interfaces", (*life).interfaces},
	{"agent exec", (*life).exec},
	{"pause", (*life).pause},
	{"resume", (*life).resume},
	{"snapshot create", (*life).snapshot},
	{"shutdown", (*life).shutdown},
	{"snapshot rollback", (*life).rollback},
	{"snapshot delete", (*life).deleteSnapshot},
	{"backup", (*life).backup},
	{"backup delete", (*life).deleteBackup},
	{"resources", (*life).resources},
	{"task list and log", (*life).tasks},
	{"migrate", (*life).migrate},
	{"delete", (*life).delete},
	{"pool delete", (*life).deletePool},
}

// record is a line of the results.
type record struct {
	Client    string `json:"client"`
	Version   string `json:"version"`
	Operation string `json:"operation"`
	Outcome   string `json:"outcome"`
	Detail    string `json:"detail,omitempty"`
}

// attempt does one operation; a panic of the library is a failure too.
func attempt(ctx context.Context, l *life, tried operation) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	return tried.try(l, ctx)
}

func libraryVersion() string {
	build, _ := debug.ReadBuildInfo()
	at := slices.IndexFunc(build.Deps, func(module *debug.Module) bool { return module.Path == library })
	return strings.TrimPrefix(build.Deps[at].Version, "v")
}

// run lives the whole life, whatever fails in between; false when something did.
func run(ctx context.Context, l *life, results *os.File) (bool, error) {
	good := true
	lines := json.NewEncoder(results)
	for _, operation := range operations {
		line := record{Client: "go-proxmox", Version: libraryVersion(), Operation: operation.name, Outcome: "ok"}
		if err := attempt(ctx, l, operation); err != nil {
			good = false
			line.Outcome, line.Detail = "failed", err.Error()
			fmt.Fprintf(os.Stderr, "go-proxmox: %s: %v\n", operation.name, err)
		}
		if err := lines.Encode(line); err != nil {
			return false, err
		}
	}
	return good, nil
}

func main() {
	results, err := os.OpenFile(os.Getenv("PVE_CLIENT_RESULTS"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-proxmox:", err)
		os.Exit(1)
	}
	good, err := run(context.Background(), newLife(), results)
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-proxmox:", err)
	}
	if !good {
		os.Exit(1)
	}
}
