package comprehend

import (
	"net/http"

	"reviewlens/api/wire"
)

// failure is an error in the format of AWS's clients.
type failure struct {
	kind    string // the type from which SDKs derive their exceptions
	status  int
	message string
}

func (f *failure) Error() string { return f.message }

// translate returns the AWS error for one of ours.
func translate(e *wire.Error, status int) *failure {
	switch {
	case status == http.StatusTooManyRequests:
		return &failure{"ThrottlingException", status, e.Detail}
	case e.Code == wire.NotReady:
		return &failure{"ServiceUnavailable", http.StatusServiceUnavailable, e.Detail}
	case e.Code == wire.BodyTooLarge:
		return &failure{"RequestEntityTooLargeException",
			http.StatusRequestEntityTooLarge, e.Detail}
	case status >= 500:
		return &failure{"InternalServerException", http.StatusInternalServerError, e.Detail}
	}
	return invalid(e.Detail)
}

func invalid(message string) *failure {
	return &failure{"InvalidRequestException", http.StatusBadRequest, message}
}

func unknownOperation(message string) *failure {
	return &failure{"UnknownOperationException", http.StatusBadRequest, message}
}

func missingToken(message string) *failure {
	return &failure{"MissingAuthenticationTokenException", http.StatusBadRequest, message}
}

func incomplete(message string) *failure {
	return &failure{"IncompleteSignatureException", http.StatusBadRequest, message}
}

func badSignature(message string) *failure {
	return &failure{"InvalidSignatureException", http.StatusBadRequest, message}
}
