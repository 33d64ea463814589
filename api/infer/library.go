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

// FindLibrary gives the path of the native library: explicit if it is named, else beside the program, else
// in the user's cache folder. It only looks; loadLibrary proves what was found.
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

// checkLibrary compares the file with the pinned hash of this platform. The file could change between
// this look and the load: the hash guards against a wrong file, not against who may write to the folder.
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

// The runtime's environment is one a process; it lives from the first engine to the last.
var environment struct {
	sync.Mutex
	engines int
	path    string
}

// Preload loads the native library (found as Options.Library is) in the background, so that a model can be read meanwhile. Open
// waits for it, and says what is wrong with it. The library stays loaded until done is called, or longer by the engines.
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

// acquire loads the library for the first engine; each success wants one release.
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
	// From 1.29 on the library makes an identifier of the machine, keeps a database below the user's cache and sends to its maker
	// what it is run with. Only this, set before it begins, turns all of it off (microsoft/onnxruntime#27379); the C API's switch
	// comes too late for the first of what is sent.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil { // with cgo also C's
		return err
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("native library %s: %w", path, err)
	}
	environment.path = path
	environment.engines++
	return nil
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
