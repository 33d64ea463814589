//go:build !js

package reviews

import "golang.org/x/text/encoding/simplifiedchinese"

// newGBK reads GB 18030, which holds GBK and GB 2312.
func newGBK() bytesDecoder { return simplifiedchinese.GB18030.NewDecoder() }
