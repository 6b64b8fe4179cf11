/// What can be wrong with telling people of events: reasons of `delivery-failed`, and docs/events.md has each.
package enum DeliveryReason: String, Sendable, CaseIterable {
    case mailRefused = "mail-refused"
    case mailGivenUp = "mail-given-up"
    case mailTooMany = "mail-too-many"
    case hookFailed = "hook-failed"
    case hookUnsafe = "hook-unsafe"
    case codeRefused = "code-refused"
    case template
    case owner
    case configuration
    case queueFull = "queue-full"
    case queue
    case request
    case start
}
