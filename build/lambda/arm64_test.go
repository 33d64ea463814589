package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"reviewlens/api/lambda/lambdatest"
)

// The arm64 zip answers an event on an emulated processor, in its own root with only an arm64 C
// library and the zip: no /sys at all, as on arm64 Lambda, where ONNX Runtime once aborted for the
// lack of /sys/devices/system/cpu/possible (microsoft/onnxruntime#10038). Emulation tests that it
// runs and its scores, not its speed. `make test-lambda` runs this.
func TestARM64(t *testing.T) {
	zipped := os.Getenv("REVIEWLENS_LAMBDA_ARM64")
	if zipped == "" {
		t.Skip("needs `make test-lambda`: the arm64 zip and qemu")
	}
	if os.Getuid() != 0 {
		t.Fatal("needs root, to change the root folder")
	}
	root := t.TempDir()
	// from Debian's libc6-arm64-cross, libstdc++6-arm64-cross, libgcc-s1-arm64-cross
	const sysroot = "/usr/aarch64-linux-gnu/lib"
	if err := os.CopyFS(filepath.Join(root, "lib"), os.DirFS(sysroot)); err != nil {
		t.Fatal(err)
	}
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, r io.Reader) {
		t.Helper()
		path := filepath.Join(root, name)
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
		if errors.Is(err, os.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				f, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(f, r)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	emulator, err := os.Open(qemu)
	if err != nil {
		t.Fatal(err)
	}
	defer emulator.Close()
	put("qemu", emulator)
	z, err := zip.OpenReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		put("var/task/"+file.Name, r)
		r.Close()
	}
	// The data of a Graviton 2, which ONNX Runtime reads.
	put("proc/cpuinfo", strings.NewReader("processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp "+
		"asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop "+
		"asimddp\n"+
		"CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: "+
		"0xd0c\nCPU revision\t: 1\n\n"))

	runtime, err := lambdatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.Close()
	cmd := exec.Command("/qemu", "/var/task/bootstrap")
	cmd.Dir = "/var/task"
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr(),
		"AWS_LAMBDA_FUNCTION_NAME=reviews", "LAMBDA_TASK_ROOT=/var/task", "LD_LIBRARY_PATH=/var/task:/lib"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	defer func() {
		cmd.Process.Kill()
		<-exited
	}()
	select {
	case <-runtime.Ready():
		t.Logf("init took %v under emulation", time.Since(start).Round(time.Millisecond))
	case err := <-exited:
		exited <- err
		t.Fatalf("the bootstrap ended: %v\n%s", err, log.String())
	case <-time.After(5 * time.Minute):
		t.Fatal("the bootstrap asks for no event")
	}

	texts := []string{"Great kettle!", "It leaks, and the handle gets hot.",
		"Fine for the price, I suppose."}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	payload, err := runtime.Invoke(ctx, asks(t, texts), 2*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	scoresAsHere(t, payload, texts, 1e-3) // allowed difference between CPUs
}
