package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/luthermonson/go-proxmox"
)

// What is done with a VM that is configured: it runs, is saved, moves and goes.

func (l *life) start(ctx context.Context) error {
	task, err := l.vm.Start(ctx)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	return l.reached(ctx, "running")
}

func (l *life) waitForAgent(ctx context.Context) error {
	return l.vm.WaitForAgent(ctx, int(patience.Seconds()))
}

func (l *life) interfaces(ctx context.Context) error {
	interfaces, err := l.vm.AgentGetNetworkIFaces(ctx)
	if err != nil {
		return err
	}
	// The library leaves the loopback out.
	return expect(len(interfaces) == 2, "there are %d", len(interfaces))
}

func (l *life) exec(ctx context.Context) error {
	pid, err := l.vm.AgentExec(ctx, []string{"/bin/echo", "hello"}, "")
	if err != nil {
		return err
	}
	status, err := l.vm.WaitForAgentExecExit(ctx, pid, int(patience.Seconds()))
	if err != nil {
		return err
	}
	return expect(status.ExitCode == 0, "it ended with %d", status.ExitCode)
}

func (l *life) pause(ctx context.Context) error {
	task, err := l.vm.Pause(ctx)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	if err := l.vm.Ping(ctx); err != nil {
		return err
	}
	return expect(l.vm.IsPaused(), "it is %s", l.vm.QMPStatus)
}

func (l *life) resume(ctx context.Context) error {
	task, err := l.vm.Resume(ctx)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	if err := l.vm.Ping(ctx); err != nil {
		return err
	}
	return expect(!l.vm.IsPaused(), "it is %s", l.vm.QMPStatus)
}

func (l *life) snapshot(ctx context.Context) error {
	task, err := l.vm.NewSnapshot(ctx, "before")
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	snapshots, err := l.vm.Snapshots(ctx)
	if err != nil {
		return err
	}
	return expect(len(snapshots) == 2 && snapshots[0].Name == "before", "%d snapshots", len(snapshots))
}

func (l *life) shutdown(ctx context.Context) error {
	task, err := l.vm.Shutdown(ctx)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	return l.reached(ctx, "stopped")
}

func (l *life) rollback(ctx context.Context) error {
	task, err := l.vm.Config(ctx, proxmox.VirtualMachineOption{Name: "cores", Value: 8})
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	task, err = l.vm.Snapshot("before").Rollback(ctx)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	config, err := l.renew(ctx)
	if err != nil {
		return err
	}
	return expect(config.Cores != nil && *config.Cores == 2, "%v cores", config.Cores)
}

func (l *life) deleteSnapshot(ctx context.Context) error {
	task, err := l.vm.Snapshot("before").Delete(ctx)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	snapshots, err := l.vm.Snapshots(ctx)
	if err != nil {
		return err
	}
	return expect(len(snapshots) == 1, "%d snapshots", len(snapshots))
}

// archives are the VM's backups on the storage local.
func (l *life) archives(ctx context.Context) (*proxmox.Storage, []string, error) {
	storage, err := l.node.Storage(ctx, "local")
	if err != nil {
		return nil, nil, err
	}
	content, err := storage.GetContent(ctx)
	if err != nil {
		return nil, nil, err
	}
	var volids []string
	for _, volume := range content {
		if strings.Contains(volume.Volid, fmt.Sprintf("vzdump-qemu-%d-", l.vmid)) {
			volids = append(volids, volume.Volid)
		}
	}
	return storage, volids, nil
}

func (l *life) backup(ctx context.Context) error {
	options := &proxmox.VirtualMachineBackupOptions{
		VMID: uint64(l.vmid), Storage: "local", Mode: proxmox.VirtualMachineBackupModeStop, Compress: proxmox.VirtualMachineBackupCompressZstd,
	}
	task, err := l.node.Vzdump(ctx, options)
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	_, volids, err := l.archives(ctx)
	if err != nil {
		return err
	}
	return expect(len(volids) == 1, "archives %v", volids)
}

func (l *life) deleteBackup(ctx context.Context) error {
	storage, volids, err := l.archives(ctx)
	if err != nil {
		return err
	}
	for _, volid := range volids {
		task, err := storage.DeleteContent(ctx, volid)
		if err != nil {
			return err
		}
		if task == nil {
			continue
		}
		if err := finish(ctx, task, nil); err != nil {
			return err
		}
	}
	_, left, err := l.archives(ctx)
	if err != nil {
		return err
	}
	return expect(len(volids) == 1 && len(left) == 0, "archives %v, then %v", volids, left)
}

func (l *life) resources(ctx context.Context) error {
	cluster, err := l.client.Cluster(ctx)
	if err != nil {
		return err
	}
	resources, err := cluster.Resources(ctx, "vm")
	if err != nil {
		return err
	}
	ours := func(row *proxmox.ClusterResource) bool { return row.VMID == uint64(l.vmid) && row.Pool == "lab-go" }
	return expect(slices.ContainsFunc(resources, ours), "%d is not among %d", l.vmid, len(resources))
}

func (l *life) tasks(ctx context.Context) error {
	cluster, err := l.client.Cluster(ctx)
	if err != nil {
		return err
	}
	tasks, err := cluster.Tasks(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tasks, func(task *proxmox.Task) bool { return task.ID == strconv.Itoa(l.vmid) })
	if at < 0 {
		return fmt.Errorf("no task of %d", l.vmid)
	}
	log, err := tasks[at].Log(ctx, 0, 500)
	if err != nil {
		return err
	}
	return expect(len(log) > 0, "the log of %s is empty", tasks[at].UPID)
}

func (l *life) migrate(ctx context.Context) error {
	task, err := l.vm.Migrate(ctx, &proxmox.VirtualMachineMigrateOptions{Target: "pve2"})
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	l.node, err = l.client.Node(ctx, "pve2")
	if err != nil {
		return err
	}
	_, err = l.renew(ctx)
	return err
}

func (l *life) delete(ctx context.Context) error {
	task, err := l.vm.Delete(ctx, &proxmox.VirtualMachineDeleteOptions{Purge: true})
	if err := finish(ctx, task, err); err != nil {
		return err
	}
	_, err = l.node.VirtualMachine(ctx, l.vmid)
	return expect(err != nil, "it is still there")
}

func (l *life) deletePool(ctx context.Context) error {
	return l.pool.Delete(ctx)
}
