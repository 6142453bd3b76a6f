// Reads a compose file as `docker compose config` does, for every profile, and checks what compose itself would learn only
// when it starts: that programs run without privileges, and that folders it mounts are there.
//
// Usage: compose FILE
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithProfiles([]string{"*"}), cli.WithInterpolation(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	for _, name := range project.ServiceNames() {
		if err := check(project.Services[name]); err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
	}
	fmt.Printf("%s: %d services\n", file, len(project.Services))
	return nil
}

func check(service types.ServiceConfig) error {
	ours := strings.HasPrefix(service.Image, "slipway/") && service.Image != "slipway/whmcs-web"
	if ours && !(service.ReadOnly && slices.Contains(service.CapDrop, "ALL")) {
		return fmt.Errorf("%s runs with a writable root or with capabilities", service.Image)
	}
	if service.Privileged {
		return fmt.Errorf("it is privileged")
	}
	if build := service.Build; build != nil {
		dockerfile := build.Dockerfile
		if !filepath.IsAbs(dockerfile) {
			dockerfile = filepath.Join(build.Context, dockerfile)
		}
		text, err := os.ReadFile(dockerfile)
		if err != nil {
			return err
		}
		if build.Target != "" && !strings.Contains(string(text), " AS "+build.Target+"\n") {
			return fmt.Errorf("%s has no target %s", build.Dockerfile, build.Target)
		}
	}
	for _, port := range service.Ports {
		if port.HostIP != "127.0.0.1" {
			return fmt.Errorf("port %d is open to others than this machine", port.Target)
		}
	}
	for _, volume := range service.Volumes {
		// The user's own copy of WHMCS is nobody else's to check.
		if volume.Type == types.VolumeTypeBind && !strings.HasSuffix(volume.Source, "your-copy") {
			if _, err := os.Stat(volume.Source); err != nil {
				return err
			}
		}
	}
	return nil
}
