import java.net.URL;

public class HttpsUrlConnectionGet {
    public static void main(String[] arguments) throws Exception {
        try (var body = new URL(arguments[0]).openConnection().getInputStream()) {
            body.transferTo(System.out);
        }
    }
}
