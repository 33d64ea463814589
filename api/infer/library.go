package infer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// FindLibrary returns the path of the native library: explicit if not empty, else next to the
// program, else in the user's cache folder. It only searches; checkLibrary verifies the file.
func FindLibrary(explicit string) (string, error) {
	if explicit != "" {
		return explicit, nil
	}
	pin, ok := libraries[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		known := slices.Sorted(maps.Keys(libraries))
		return "", fmt.Errorf("no ONNX Runtime is known for %s/%s; there is one for %s", runtime.GOOS, runtime.GOARCH, strings.Join(known, ", "))
	}
	var looked []string
	if program, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
		looked = append(looked, filepath.Join(filepath.Dir(program), pin.name))
	}
	if cache, err := os.UserCacheDir(); err == nil {
		looked = append(looked, filepath.Join(cache, "reviewlens", pin.name))
	}
	for _, path := range looked {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("native library: %w", err)
		}
	}
	return "", fmt.Errorf("no native library %s; looked for %s; `make build` puts it beside the program, -ort names another place",
		pin.name, strings.Join(looked, " and "))
}

// checkLibrary compares the file with the pinned hash for this platform. The file could change
// between this check and the load: the hash protects against a wrong file, not against an attacker
// who can write to the folder.
func checkLibrary(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("native library: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("native library %s: %w", path, err)
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if got, want := hex.EncodeToString(h.Sum(nil)), libraries[platform].sha256; got != want {
		return fmt.Errorf("native library %s has SHA-256 %s, want %s, ONNX Runtime %s for %s; `make build` fetches that one",
			path, got, want, Version, platform)
	}
	return nil
}

// environment counts the engines. ONNX Runtime allows one environment per process; it lives from
// the first engine to the last.
var environment struct {
	sync.Mutex
	engines int
	path    string
}

// Preload loads the native library (found as for Options.Library) in the background while a model
// is read. Open waits for it and reports its error. The library stays loaded until done is called
// and all engines are closed.
func Preload(library string) (done func() error) {
	loaded := make(chan bool, 1)
	go func() {
		path, err := FindLibrary(library)
		loaded <- err == nil && acquire(path) == nil
	}()
	return sync.OnceValue(func() error {
		if !<-loaded {
			return nil
		}
		return release()
	})
}

// acquire loads the library for the first engine; each successful call must be matched by one
// release.
func acquire(path string) error {
	environment.Lock()
	defer environment.Unlock()
	if environment.engines > 0 {
		if path != environment.path {
			return fmt.Errorf("native library %s is asked for, but %s is loaded", path, environment.path)
		}
		environment.engines++
		return nil
	}
	if err := checkLibrary(path); err != nil {
		return err
	}
	// Since 1.29 the library creates an identifier of the machine, keeps a database in the user's
	// cache, and sends usage data to its maker. Only this variable, set before initialization,
	// disables all of it (microsoft/onnxruntime#27379); the C API's switch comes too late for the
	// first events.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return err
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("native library %s: %w", path, err)
	}
	if err := shareArena(); err != nil {
		return errors.Join(fmt.Errorf("native library %s: %w", path, err), ort.DestroyEnvironment())
	}
	environment.path = path
	environment.engines++
	return nil
}

// shareArena creates the arena of the sessions that request it (newSession). An arena keeps the
// memory that Runs have needed, 21 MB for two streams; without sharing, alternating sessions would
// each hold that much. It lives until the environment ends, after all sessions.
func shareArena() error {
	info, err := ort.GetMemoryInfo()
	if err != nil {
		return err
	}
	return ort.CreateAndRegisterAllocator(info, nil)
}

func release() error {
	environment.Lock()
	defer environment.Unlock()
	environment.engines--
	if environment.engines > 0 {
		return nil
	}
	return ort.DestroyEnvironment()
}
