internal import Linux
package import TwostepCore

extension EventLine {
    /// Writes the line to the system's log.
    ///
    /// - Parameter prefix: what stands before it, of the service where it writes a line as the module would.
    package func log(prefix: [UInt8] = []) {
        let priority: LogPriority =
            switch severity {
            case .info: .info
            case .notice: .notice
            case .error: .error
            }
        systemLog(prefix + text, priority)
    }
}
