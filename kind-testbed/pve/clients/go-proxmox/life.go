package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/luthermonson/go-proxmox"
)

const (
	template = 9003
	nodeName = "pve1"
	passed   = 200 * time.Millisecond
	patience = time.Minute
)

// life is one VM and what is done to it.
type life struct {
	client *proxmox.Client
	node   *proxmox.Node
	vm     *proxmox.VirtualMachine
	pool   *proxmox.Pool
	vmid   int
}

func newLife() *life {
	url := "https://" + net.JoinHostPort(os.Getenv("PVE_HOST"), os.Getenv("PVE_PORT")) + "/api2/json"
	token := os.Getenv("PVE_USER") + "!" + os.Getenv("PVE_TOKEN_NAME")
	client := proxmox.NewClient(url,
		proxmox.WithRootCAFile(os.Getenv("REQUESTS_CA_BUNDLE")),
		proxmox.WithAPIToken(token, os.Getenv("PVE_TOKEN_SECRET")),
	)
	return &life{client: client}
}

func expect(good bool, format string, values ...any) error {
	if good {
		return nil
	}
	return fmt.Errorf(format, values...)
}

// finish waits for a task and says how it ended, if not well.
func finish(ctx context.Context, task *proxmox.Task, err error) error {
	if err != nil {
		return err
	}
	if task == nil {
		return errors.New("no task was given back")
	}
	if err := task.Wait(ctx, passed, patience); err != nil {
		return err
	}
	return expect(task.IsSuccessful, "%s: %s", task.UPID, task.ExitStatus)
}

// renew reads the VM again.
func (l *life) renew(ctx context.Context) (*proxmox.VirtualMachineConfig, error) {
	vm, err := l.node.VirtualMachine(ctx, l.vmid)
	if err != nil {
		return nil, err
	}
	l.vm = vm
	return vm.VirtualMachineConfig, nil
}

// reached says whether the VM has this status.
func (l *life) reached(ctx context.Context, status string) error {
	if err := l.vm.Ping(ctx); err != nil {
		return err
	}
	return expect(l.vm.Status == status, "it is %s", l.vm.Status)
}

func (l *life) version(ctx context.Context) error {
	version, err := l.client.Version(ctx)
	if err != nil {
		return err
	}
	return expect(strings.HasPrefix(version.Release, "9."), "release %s", version.Release)
}

func (l *life) nodes(ctx context.Context) error {
	nodes, err := l.client.Nodes(ctx)
	if err != nil {
		return err
	}
	here := func(node *proxmox.NodeStatus) bool { return node.Node == nodeName && node.Status == "online" }
	return expect(slices.ContainsFunc(nodes, here), "%s is not online", nodeName)
}

func (l *life) findNode(ctx context.Context) (err error) {
	l.node, err = l.client.Node(ctx, nodeName)
	if err != nil {
		return err
	}
	return expect(l.node.Memory.Total > 0, "it has no memory")
}

func (l *life) containers(ctx context.Context) error {
	containers, err := l.node.Containers(ctx)
	if err != nil {
		return err
	}
	return expect(len(containers) == 0, "there are %d", len(containers))
}

func (l *life) storages(ctx context.Context) error {
	storage, err := l.node.StorageImages(ctx)
	if err != nil {
		return err
	}
	return expect(storage.Total > 0, "%s has no size", storage.Name)
}

func (l *life) disks(ctx context.Context) error {
	disks, err := l.node.Disks(ctx, false, true, "")
	if err != nil {
		return err
	}
	return expect(len(disks) > 0, "there are none")
}

func (l *life) createPool(ctx context.Context) (err error) {
	if err = l.client.NewPool(ctx, "lab-go", "made by go-proxmox"); err != nil {
		return err
	}
	l.pool, err = l.client.Pool(ctx, "lab-go")
	return err
}

func (l *life) clone(ctx context.Context) error {
	source, err := l.node.VirtualMachine(ctx, template)
	if err != nil {
		return err
	}
	options := &proxmox.VirtualMachineCloneOptions{Name: "go-proxmox", Pool: "lab-go"}
	newid, task, err := source.Clone(ctx, options)
	l.vmid = newid
	return finish(ctx, task, err)
}

func (l *life) find(ctx context.Context) error {
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(config.Name == "go-proxmox" && l.vm.IsStopped(), "%s is %s", config.Name, l.vm.Status)
}

func (l *life) configure(ctx context.Context) error {
	key := proxmox.EncodeSSHKeys("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGF0+2vJbQ0XxSCcXGEXxvPpVE1dC0TMZAjfTZEVqSw3 lab")
	task, err := l.vm.Config(ctx,
		proxmox.VirtualMachineOption{Name: "cores", Value: 2},
		proxmox.VirtualMachineOption{Name: "memory", Value: 2048},
		proxmox.VirtualMachineOption{Name: "scsi1", Value: "local-lvm:4"},
		proxmox.VirtualMachineOption{Name: "ipconfig0", Value: "ip=dhcp"},
		proxmox.VirtualMachineOption{Name: "sshkeys", Value: key},
	)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(strings.Contains(config.MergeDisks()["scsi1"], "size=4G"), "disks %v", config.MergeDisks())
}

func (l *life) configureAtOnce(ctx context.Context) error {
	if err := l.vm.ConfigSync(ctx, proxmox.VirtualMachineOption{Name: "description", Value: "two disks"}); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(strings.HasPrefix(config.Description, "two disks"), "description %q", config.Description)
}

func (l *life) pending(ctx context.Context) error {
	pending, err := l.vm.Pending(ctx)
	if err != nil {
		return err
	}
	return expect(len(*pending) > 0, "nothing was listed")
}

func (l *life) addNIC(ctx context.Context) error {
	option := proxmox.VirtualMachineOption{Name: "net1", Value: "virtio,bridge=vmbr1,firewall=1"}
	task, err := l.vm.Config(ctx, option)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(strings.HasPrefix(config.Nets["net1"], "virtio="), "net1 is %q", config.Nets["net1"])
}

func (l *life) addTag(ctx context.Context) error {
	task, err := l.vm.AddTag(ctx, "lab")
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	if _, err := l.renew(ctx); err != nil {
		return err
	}
	return expect(l.vm.HasTag("lab"), "tags %q", l.vm.VirtualMachineConfig.Tags)
}

func (l *life) removeTag(ctx context.Context) error {
	task, err := l.vm.RemoveTag(ctx, "lab")
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	if _, err := l.renew(ctx); err != nil {
		return err
	}
	return expect(!l.vm.HasTag("lab"), "tags %q", l.vm.VirtualMachineConfig.Tags)
}

func (l *life) resizeDisk(ctx context.Context) error {
	task, err := l.vm.ResizeDisk(ctx, "scsi0", "+2G")
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(strings.Contains(config.SCSIs["scsi0"], "size=5G"), "scsi0 is %q", config.SCSIs["scsi0"])
}

func (l *life) moveDisk(ctx context.Context) error {
	options := &proxmox.VirtualMachineMoveDiskOptions{Storage: "data", Delete: true}
	task, err := l.vm.MoveDisk(ctx, "scsi1", options)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(strings.HasPrefix(config.SCSIs["scsi1"], "data:"), "scsi1 is %q", config.SCSIs["scsi1"])
}

// unlinkDisk gets no task from the API, which the library takes for an empty one.
func (l *life) unlinkDisk(ctx context.Context) error {
	if _, err := l.vm.UnlinkDisk(ctx, "scsi1", true); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(config.SCSIs["scsi1"] == "", "scsi1 is %q", config.SCSIs["scsi1"])
}

func (l *life) addRule(ctx context.Context) error {
	rule := &proxmox.FirewallRule{Type: "in", Action: "ACCEPT", Proto: "tcp", Dport: "22", Enable: 1}
	if err := l.vm.NewFirewallRule(ctx, rule); err != nil {
		return err
	}
	rules, err := l.vm.FirewallRules(ctx)
	if err != nil {
		return err
	}
	return expect(len(rules) == 1 && rules[0].Dport == "22", "%d rules", len(rules))
}
