package store_test

import (
	"testing"

	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
)

func TestFolder(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Place { return store.Folder(t.TempDir()) })
}

func TestMemory(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Place { return new(storetest.Memory) })
}
