package store

// SetMax bounds a cache for a test.
func SetMax(c *Cache, bytes int64) { c.max = bytes }
